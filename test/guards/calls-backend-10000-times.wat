;; Asks its backend 10,000 times whatever that says, and answers with what the last call returned.

(data (i32.const 1024) "get\00")
(data (i32.const 1028) "{}\00")

(func (export "label_resource") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (local $calls i32)
  (local $returned i32)
  (loop $again
    (local.set $returned (call $ask (i32.const 1024) (i32.const 1028) (i32.const 2048) (i32.const 4096)))
    (local.set $calls (i32.add (local.get $calls) (i32.const 1)))
    (br_if $again (i32.lt_u (local.get $calls) (i32.const 10000))))
  (call $answer_number (local.get $out) (local.get $returned)))
