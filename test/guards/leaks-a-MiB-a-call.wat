;; Each call takes a MiB of memory and never gives it back; without any left it answers all the same.

(func (export "label_resource") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (local $taken i32)
  (local.set $taken (memory.grow (i32.const 16)))
  (if (i32.ne (local.get $taken) (i32.const -1))
    (then (memory.fill (i32.shl (local.get $taken) (i32.const 16)) (i32.const 120) (i32.const 1048576))))
  (call $answer_public (local.get $out)))
