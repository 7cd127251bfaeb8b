# Makes the assembler file that embeds ktstr-init and its digest. Run as
#   cmake -DINPUT=program -DSTRIP=strip -DSTRIPPED=stripped-copy -DOUTPUT=file.S -P embed_init.cmake
# As the digest is in the file, it is assembled again exactly when the program is another one.
execute_process(COMMAND ${STRIP} -o ${STRIPPED} ${INPUT} COMMAND_ERROR_IS_FATAL ANY)
file(SHA256 ${STRIPPED} digest)
file(WRITE ${OUTPUT} "\
    .section .rodata
    .global ktstr_embedded_init_begin
    .global ktstr_embedded_init_end
    .global ktstr_embedded_init_digest
    .balign 16
ktstr_embedded_init_begin:
    .incbin \"${STRIPPED}\"
ktstr_embedded_init_end:
ktstr_embedded_init_digest:
    .asciz \"${digest}\"
    .section .note.GNU-stack,\"\",%progbits
")
