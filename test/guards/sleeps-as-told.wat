;; Sleeps for as many milliseconds as the tool's number says, and answers.

(func (export "label_resource") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (call $sleep (call $number_asked (local.get $in)))
  (call $answer_public (local.get $out)))
