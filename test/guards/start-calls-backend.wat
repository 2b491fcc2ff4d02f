;; Asks its backend and sleeps in its start section, where nothing can wait, and answers with what the call returned.

(data (i32.const 1024) "get\00")

(global $returned (mut i32) (i32.const 0))

(func $start
  (call $sleep (i32.const 60000))
  (global.set $returned
    (call $call_backend (i32.const 1024) (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 2048) (i32.const 4))))
(start $start)

(func (export "label_resource") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (call $answer_number (local.get $out) (global.get $returned)))
