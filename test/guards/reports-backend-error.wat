;; Logs why its backend call failed and what call_backend returned, and answers all the same.

(data (i32.const 1024) "get\00")

(func (export "label_resource") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (local $returned i32)
  (local.set $returned
    (call $call_backend (i32.const 1024) (i32.const 3) (i32.const 0) (i32.const 0) (local.get $out) (i32.const 4096)))
  (call $host_log (i32.const 2) (i32.const 2048) (call $backend_error (i32.const 2048) (i32.const 4096)))
  (call $answer_number (local.get $out) (local.get $returned)))
