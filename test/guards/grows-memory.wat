;; Asks for 4 GiB of memory, and answers with what it got: -1.

(func (export "label_resource") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (call $answer_number (local.get $out) (memory.grow (i32.const 65535))))
