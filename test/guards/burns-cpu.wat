;; label_response says that it burns CPU time, burns about a second of it, and gives no labels.

(data (i32.const 1024) "burning\00")

(func (export "label_response") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (local $left i32)
  (call $say (i32.const 0) (i32.const 1024))
  (local.set $left (i32.const 1000000000))
  (loop $again
    (local.set $left (i32.sub (local.get $left) (i32.const 1)))
    (br_if $again (local.get $left)))
  (i32.const 0))
