;; Two nested loops that count to 2 to the 63: they would end, but not in a lifetime.

(func (export "label_response") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (local $outer i64)
  (local $inner i64)
  (loop $count_outer
    (local.set $inner (i64.const 0))
    (loop $count_inner
      (local.set $inner (i64.add (local.get $inner) (i64.const 1)))
      (br_if $count_inner (i64.lt_u (local.get $inner) (i64.const 0x7fffffffffffffff))))
    (local.set $outer (i64.add (local.get $outer) (i64.const 1)))
    (br_if $count_outer (i64.lt_u (local.get $outer) (i64.const 0x7fffffffffffffff))))
  (i32.const 0))
