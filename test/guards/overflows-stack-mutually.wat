;; Two functions call each other until the stack is full.

(func $one (param $depth i32) (result i32)
  (i32.add (call $other (i32.add (local.get $depth) (i32.const 1))) (local.get $depth)))

(func $other (param $depth i32) (result i32)
  (i32.add (call $one (i32.add (local.get $depth) (i32.const 1))) (local.get $depth)))

(func (export "label_response") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (call $one (i32.const 0)))
