;; Writes two lines to standard output and one without an end to standard error.

(data (i32.const 1024) "first line out\nsecond line out\n")
(data (i32.const 1056) "line of errors")
(data (i32.const 1088) "\00\04\00\00\1f\00\00\00")
(data (i32.const 1096) "\20\04\00\00\0e\00\00\00")

(func (export "label_resource") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (drop (call $fd_write (i32.const 1) (i32.const 1088) (i32.const 1) (i32.const 1104)))
  (drop (call $fd_write (i32.const 2) (i32.const 1096) (i32.const 1) (i32.const 1104)))
  (call $answer_public (local.get $out)))
