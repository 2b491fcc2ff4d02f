;; Asks its backend with pointers outside of its memory, again and again.

(func (export "label_response") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (loop $for_ever
    (drop (call $call_backend (i32.const -1) (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))
    (br $for_ever))
  unreachable)
