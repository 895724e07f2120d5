/* Sets up the stack, clears what begins as zero, and calls main, whose value ends the simulation. */
    .section .start, "ax"
    .globl _start
_start:
    la sp, _stack
    la t0, _bss_begin
    la t1, _bss_end
1:  bgeu t0, t1, 2f
    sw zero, 0(t0)
    addi t0, t0, 4
    j 1b
2:  call main
    li t0, 0x60000000
    sw a0, 0(t0)
3:  j 3b
