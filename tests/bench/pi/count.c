/* A TCG plugin for qemu-user: counts the guest's instructions, and the bytes that they load and store.
 *
 * Debian ships no header of qemu's plugin interface, so what is used of its version 1 is declared here
 * (https://www.qemu.org/docs/master/devel/tcg-plugins.html). Whenever the guest asks for its parent's id it says
 * `COUNT instructions loaded stored`, the last two in bytes.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef uint64_t qemu_plugin_id_t;
typedef uint32_t qemu_plugin_meminfo_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef void (*on_translation)(qemu_plugin_id_t, struct qemu_plugin_tb *);
typedef void (*on_memory)(unsigned, qemu_plugin_meminfo_t, uint64_t, void *);
typedef void (*on_syscall)(qemu_plugin_id_t, unsigned, int64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t,
                           uint64_t, uint64_t, uint64_t);
enum { ADD_U64 = 0, NO_REGISTERS = 0, READ_AND_WRITE = 3, GETPPID_OF_ARM64 = 173 };

extern void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t, on_translation);
extern void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *, int, void *, uint64_t);
extern void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *, on_memory, int, int, void *);
extern void qemu_plugin_register_vcpu_syscall_cb(qemu_plugin_id_t, on_syscall);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
extern unsigned qemu_plugin_mem_size_shift(qemu_plugin_meminfo_t);
extern _Bool qemu_plugin_mem_is_store(qemu_plugin_meminfo_t);

__attribute__((visibility("default"))) int qemu_plugin_version = 1;
static uint64_t instructions, bytes[2];

static void touched(unsigned cpu, qemu_plugin_meminfo_t what, uint64_t address, void *nothing)
{
    (void)cpu, (void)address, (void)nothing;
    bytes[qemu_plugin_mem_is_store(what)] += 1u << qemu_plugin_mem_size_shift(what);
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *block)
{
    size_t count = qemu_plugin_tb_n_insns(block);
    (void)id;
    qemu_plugin_register_vcpu_tb_exec_inline(block, ADD_U64, &instructions, count);
    for (size_t number = 0; number < count; number++)
        qemu_plugin_register_vcpu_mem_cb(qemu_plugin_tb_get_insn(block, number), touched, NO_REGISTERS,
                                         READ_AND_WRITE, NULL);
}

static void asked(qemu_plugin_id_t id, unsigned cpu, int64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d,
                  uint64_t e, uint64_t f, uint64_t g, uint64_t h)
{
    (void)id, (void)cpu, (void)a, (void)b, (void)c, (void)d, (void)e, (void)f, (void)g, (void)h;
    if (number == GETPPID_OF_ARM64)
        fprintf(stderr, "COUNT %llu %llu %llu\n", (unsigned long long)instructions, (unsigned long long)bytes[0],
                (unsigned long long)bytes[1]);
}

__attribute__((visibility("default"))) int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc,
                                                               char **argv)
{
    (void)info, (void)argc, (void)argv;
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_vcpu_syscall_cb(id, asked);
    return 0;
}
