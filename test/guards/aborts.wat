;; Aborts as AssemblyScript does: texts are UTF-16, with their byte length 4 bytes before them.

(data (i32.const 1024) "\0a\00\00\00w\00r\00o\00n\00g\00")
(data (i32.const 1056) "\08\00\00\00a\00.\00t\00s\00")

(func (export "label_response") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (call $abort (i32.const 1028) (i32.const 1060) (i32.const 12) (i32.const 34))
  (i32.const 0))
