;; Counts to a thousand times the tool's number, and answers.

(func (export "label_resource") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (local $left i64)
  (local.set $left (i64.mul (i64.extend_i32_u (call $number_asked (local.get $in))) (i64.const 1000)))
  (loop $again
    (local.set $left (i64.sub (local.get $left) (i64.const 1)))
    (br_if $again (i64.gt_s (local.get $left) (i64.const 0))))
  (call $answer_public (local.get $out)))
