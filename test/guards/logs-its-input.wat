;; Logs what it is given, at every level, and traps at the response.

(func $tell (param $in i32) (param $in_bytes i32)
  (call $host_log (i32.const 0) (local.get $in) (local.get $in_bytes))
  (call $host_log (i32.const 1) (local.get $in) (local.get $in_bytes))
  (call $host_log (i32.const 2) (local.get $in) (local.get $in_bytes))
  (call $host_log (i32.const 3) (local.get $in) (local.get $in_bytes)))

(func (export "label_resource") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (call $tell (local.get $in) (local.get $in_bytes))
  (call $answer_public (local.get $out)))

(func (export "label_response") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (call $tell (local.get $in) (local.get $in_bytes))
  (unreachable))
