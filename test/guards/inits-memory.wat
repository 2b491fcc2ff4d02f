;; Copies a data segment into its memory, again and again.

(data $text "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")

(func (export "label_response") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (loop $for_ever
    (memory.init $text (i32.const 2048) (i32.const 0) (i32.const 64))
    (br $for_ever))
  unreachable)
