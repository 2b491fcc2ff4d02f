;; Calls a tool with all that it is asked about, arguments and results; then it says that anybody may read.

(data (i32.const 1024) "lookup\00")

(func $send (param $in i32) (param $in_bytes i32)
  (drop
    (call $call_backend
      (i32.const 1024) (i32.const 6) (local.get $in) (local.get $in_bytes) (i32.const 4096) (i32.const 4096))))

(func (export "label_resource") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (call $send (local.get $in) (local.get $in_bytes))
  (call $answer_public (local.get $out)))

(func (export "label_response") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (call $send (local.get $in) (local.get $in_bytes))
  (i32.const 0))
