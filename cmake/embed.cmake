# Makes the assembler file that embeds a program and its digest. Run as
#   cmake -DINPUT=program -DSTRIP=strip -DSTRIPPED=stripped-copy -DSYMBOL=name -DOUTPUT=file.S -P embed.cmake
# As the digest is in the file, it is assembled again exactly when the program is another one.
execute_process(COMMAND ${STRIP} -o ${STRIPPED} ${INPUT} COMMAND_ERROR_IS_FATAL ANY)
file(SHA256 ${STRIPPED} digest)
file(WRITE ${OUTPUT} "\
    .section .rodata
    .global ${SYMBOL}_begin
    .global ${SYMBOL}_end
    .global ${SYMBOL}_digest
    .balign 16
${SYMBOL}_begin:
    .incbin \"${STRIPPED}\"
${SYMBOL}_end:
${SYMBOL}_digest:
    .asciz \"${digest}\"
    .section .note.GNU-stack,\"\",%progbits
")
