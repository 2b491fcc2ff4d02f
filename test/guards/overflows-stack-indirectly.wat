;; Calls itself through its table until the stack is full.

(type $step (func (param i32) (result i32)))
(table 1 1 funcref)
(elem (i32.const 0) $deeper)

(func $deeper (param $depth i32) (result i32)
  (i32.add
    (call_indirect (type $step) (i32.add (local.get $depth) (i32.const 1)) (i32.const 0))
    (local.get $depth)))

(func (export "label_response") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (call $deeper (i32.const 0)))
