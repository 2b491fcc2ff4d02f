;; Says how much it needs for its answer, 5,000,000 bytes, and answers when it gets it. Counts how often it was asked.

(global $calls (mut i32) (i32.const 0))

(func (export "label_resource") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
  (if (i32.lt_u (local.get $out_bytes) (i32.const 5000000))
    (then
      (i32.store (local.get $out) (i32.const 5000000))
      (return (i32.const -2))))
  (if (i32.gt_u (local.get $out_bytes) (i32.const 8388608)) (then unreachable))
  (call $answer_number (local.get $out) (global.get $calls)))
