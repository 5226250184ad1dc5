# SPDX-License-Identifier: Apache-2.0
# GA_ONNX: protoc-c, and the onnx.proto that it makes the reader's structures of, or notes what is missing.
AC_DEFUN([GA_ONNX], [
    AC_ARG_VAR([PROTOC_C], [the compiler of protobuf-c])
    AC_CHECK_PROG([PROTOC_C], [protoc-c], [protoc-c])
    AS_IF([test -z "$PROTOC_C"], [GA_MISSING([program:protoc-c], [protoc-c])])
    AC_ARG_VAR([ONNX_PROTO], [the file onnx.proto])
    AC_MSG_CHECKING([for onnx.proto])
    AS_IF([test -z "$ONNX_PROTO"], [
        for ga_folder in /usr/include /usr/local/include; do
            AS_IF([test -r "$ga_folder/onnx/onnx.proto"], [ONNX_PROTO=$ga_folder/onnx/onnx.proto; break])
        done])
    AS_IF([test -r "$ONNX_PROTO"], [AC_MSG_RESULT([$ONNX_PROTO])],
        [AC_MSG_RESULT([no]); GA_MISSING([header:onnx/onnx.proto], [onnx.proto (or ONNX_PROTO=FILE)])])
])
