// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * nested: crashes while the kernel panics, the first time that it does.
 */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/version.h>
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 14, 0)
#include <linux/panic_notifier.h>
#endif

struct nested_object {
	long id[8];
};

static struct nested_object *volatile nested_nothing;
static volatile long nested_sink;
static bool nested_was_called;

static noinline __attribute__((noipa)) long nested_read(struct nested_object *object)
{
	long id = object->id[6];

	nested_sink += id;
	return id + 1;
}

static int nested_in_panic(struct notifier_block *block, unsigned long event, void *message)
{
	if (!nested_was_called) {
		nested_was_called = true;
		nested_sink += nested_read(nested_nothing);
	}
	return NOTIFY_DONE;
}

static struct notifier_block nested_block = {
	.notifier_call = nested_in_panic,
	.priority = INT_MAX,
};

static int __init nested_init(void)
{
	return atomic_notifier_chain_register(&panic_notifier_list, &nested_block);
}

module_init(nested_init);
MODULE_DESCRIPTION("Crashes while the kernel panics");
MODULE_LICENSE("Dual MIT/GPL");
