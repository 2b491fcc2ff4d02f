;; Says that it loops, and never returns.

(data (i32.const 1024) "looping\00")

(func (export "label_response") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (call $say (i32.const 0) (i32.const 1024))
  (loop $for_ever (br $for_ever))
  unreachable)
