;; Logs the same line a million times, and then one of ten million bytes; and answers.

(memory (export "memory") 200)
(data (i32.const 1024) "{\"level\":\"error\",\"message\":\"forged\"}\n\1b[2Jone of a million\00")

(func (export "label_resource") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (local $lines i32)
  (loop $again
    (call $say (i32.const 1) (i32.const 1024))
    (local.set $lines (i32.add (local.get $lines) (i32.const 1)))
    (br_if $again (i32.lt_u (local.get $lines) (i32.const 1000000))))
  (call $host_log (i32.const 1) (i32.const 65536) (i32.const 10000000))
  (call $answer_public (local.get $out)))
