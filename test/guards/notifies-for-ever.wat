;; Wakes whoever waits on its memory, which nobody can, for ever.

(func (export "label_response") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (loop $for_ever
    (drop (memory.atomic.notify (i32.const 2048) (i32.const 1000000)))
    (br $for_ever))
  unreachable)
