;; Asks its backend with no buffer, then with one of a byte, of two, until it gets its answer, and answers with its length.

(data (i32.const 1024) "get\00")
(data (i32.const 1028) "{}\00")

(func (export "label_resource") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (local $bytes i32)
  (local $returned i32)
  (loop $again
    (local.set $returned (call $ask (i32.const 1024) (i32.const 1028) (i32.const 2048) (local.get $bytes)))
    (local.set $bytes (i32.add (local.get $bytes) (i32.const 1)))
    (br_if $again (i32.eq (local.get $returned) (i32.const -2))))
  (call $answer_number (local.get $out) (local.get $returned)))
