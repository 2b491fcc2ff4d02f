;; A tree of calls 64 levels deep, without a loop: 2 to the 64 calls.

(func $branch (param $levels i32) (result i32)
  (if (result i32) (local.get $levels)
    (then
      (i32.add
        (call $branch (i32.sub (local.get $levels) (i32.const 1)))
        (call $branch (i32.sub (local.get $levels) (i32.const 1)))))
    (else (i32.const 1))))

(func (export "label_response") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (call $branch (i32.const 64)))
