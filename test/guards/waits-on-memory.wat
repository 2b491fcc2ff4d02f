;; Waits for another thread to change its memory, which nobody shares.

(func (export "label_response") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (memory.atomic.wait32 (i32.const 2048) (i32.const 0) (i64.const -1)))
