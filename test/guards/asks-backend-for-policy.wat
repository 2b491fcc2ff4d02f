;; label_agent answers with what the backend says, label_response waits for the backend.

(data (i32.const 1024) "get_policy\00")
(data (i32.const 1040) "get\00")

(func (export "label_agent") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (call $call_backend (i32.const 1024) (i32.const 10) (i32.const 0) (i32.const 0) (local.get $out) (local.get $out_bytes)))

(func (export "label_response") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (drop (call $call_backend (i32.const 1040) (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 2048) (i32.const 1024)))
  (i32.const 0))
