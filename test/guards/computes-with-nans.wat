;; A million steps with the smallest numbers and with NaN, and answers with how many of them were NaN.

(func (export "label_resource") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (local $steps i32)
  (local $small f64)
  (local $nans i32)
  (local.set $small (f64.const 4.9e-324))
  (loop $again
    (local.set $small (f64.mul (f64.add (local.get $small) (f64.const 4.9e-324)) (f64.const 0.5)))
    (local.set $nans
      (i32.add
        (local.get $nans)
        (f64.ne (f64.mul (local.get $small) (f64.const nan:0x4000000000001)) (f64.const 0))))
    (local.set $steps (i32.add (local.get $steps) (i32.const 1)))
    (br_if $again (i32.lt_u (local.get $steps) (i32.const 1000000))))
  (call $answer_number (local.get $out) (local.get $nans)))
