;; Logs the same line, again and again.

(data (i32.const 1024) "again\00")

(func (export "label_response") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (loop $for_ever
    (call $say (i32.const 1) (i32.const 1024))
    (br $for_ever))
  unreachable)
