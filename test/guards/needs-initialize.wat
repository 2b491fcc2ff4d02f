;; Traps unless _initialize was called, exactly once.

(global $initialized (mut i32) (i32.const 0))

(func (export "_initialize")
  (global.set $initialized (i32.add (global.get $initialized) (i32.const 1))))

(func (export "label_resource") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (call $answer_number (local.get $out) (global.get $initialized)))
