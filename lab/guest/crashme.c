// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * crashme: crashes the kernel on request, each way through a few named functions.
 *
 *     echo null-deref > /sys/kernel/debug/crashme/trigger
 *
 * Every function on the way to a crash is kept as it is and does something after its call returns, so that none of
 * them becomes a tail call and the kernel's own trace names them all.
 */
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/nmi.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/uaccess.h>
#include <linux/version.h>
#include <asm/nmi.h>

/* A function that the compiler neither inlines nor makes a renamed variant of, nor knows anything about. */
#define CRASHME_STEP noinline __attribute__((noipa))

struct crashme_object {
	long id;
	struct list_head link;
	struct crashme_object *peer;
	long (*method)(struct crashme_object *object);
	char name[88];
};

static volatile int crashme_zero;
static volatile int crashme_sink;
static struct crashme_object *volatile crashme_nothing;

/* --- stack-overflow (first, so that a crash in what follows has code before it to show) ------------------------ */

static CRASHME_STEP int crashme_recurse(int depth, int limit)
{
	volatile char ballast[400];

	ballast[depth % sizeof(ballast)] = (char)depth;
	if (depth < limit)
		crashme_sink += crashme_recurse(depth + 1, limit);
	return ballast[depth % sizeof(ballast)] + crashme_sink;
}

static CRASHME_STEP void crashme_stack_overflow(void)
{
	crashme_sink += crashme_recurse(0, 1 << 20);
}

/* --- null-deref, null-call, non-canonical, divide-error, bug, warn -------------------------------------------- */

static CRASHME_STEP long crashme_inner(struct crashme_object *object)
{
	long id = object->peer->id;

	crashme_sink += id;
	return id + 1;
}

static CRASHME_STEP long crashme_middle(struct crashme_object *object)
{
	long id = crashme_inner(object);

	crashme_sink += id;
	return id + 2;
}

static CRASHME_STEP long crashme_outer(struct crashme_object *object)
{
	long id = crashme_middle(object);

	crashme_sink += id;
	return id + 3;
}

static CRASHME_STEP void crashme_null_deref(void)
{
	struct crashme_object object = { .id = 42, .peer = crashme_nothing, .name = "null-deref" };

	crashme_sink += crashme_outer(&object);
}

static CRASHME_STEP void crashme_null_call(void)
{
	struct crashme_object object = { .id = 43, .name = "null-call" };
	long (*volatile *method)(struct crashme_object *) = (void *)&object.method;

	crashme_sink += (*method)(&object);
}

static CRASHME_STEP void crashme_non_canonical(void)
{
	struct crashme_object object = { .id = 44, .name = "non-canonical" };

	*(volatile unsigned long *)&object.peer = 0x1234567890abcd00ul;
	crashme_sink += crashme_outer(&object);
}

static CRASHME_STEP int crashme_divide(int dividend, int divisor)
{
	return dividend / divisor;
}

static CRASHME_STEP void crashme_divide_error(void)
{
	crashme_sink += crashme_divide(1000, crashme_zero) + 1;
}

static CRASHME_STEP void crashme_check(struct crashme_object *object)
{
	BUG_ON(object->id == 45);
	crashme_sink++;
}

static CRASHME_STEP void crashme_bug(void)
{
	struct crashme_object object = { .id = 45, .name = "bug" };

	*(volatile long *)&object.id = 45;
	crashme_check(&object);
	crashme_sink++;
}

static CRASHME_STEP void crashme_warn(void)
{
	WARN(crashme_zero == 0, "crashme: this warning is meant to be fatal\n");
	crashme_sink++;
}

/* --- use-after-free: the cache is poisoned, so the stale pointer reads as 0x6b6b6b6b6b6b6b6b -------------------- */

static struct kmem_cache *crashme_cache;

static CRASHME_STEP long crashme_use(struct crashme_object *object)
{
	long id = crashme_outer(object);

	crashme_sink += id;
	return id;
}

static CRASHME_STEP void crashme_use_after_free(void)
{
	struct crashme_object *first = kmem_cache_zalloc(crashme_cache, GFP_KERNEL);
	struct crashme_object *second = kmem_cache_zalloc(crashme_cache, GFP_KERNEL);
	struct crashme_object *volatile stale = first;

	if (!first || !second)
		return;
	first->peer = second;
	strcpy(first->name, "use-after-free");
	kmem_cache_free(crashme_cache, first);
	crashme_sink += crashme_use(stale);
}

/* --- list-corruption ------------------------------------------------------------------------------------------ */

static LIST_HEAD(crashme_list);

static CRASHME_STEP void crashme_list_append(struct crashme_object *object)
{
	list_add_tail(&object->link, &crashme_list);
	crashme_sink++;
}

static CRASHME_STEP void crashme_list_corruption(void)
{
	static struct crashme_object first = { .id = 1 }, second = { .id = 2 };

	crashme_list_append(&first);
	WRITE_ONCE(first.link.next, &first.link);
	crashme_list_append(&second);
	crashme_sink++;
}

/* --- soft-lockup, rcu-stall ----------------------------------------------------------------------------------- */

static CRASHME_STEP void crashme_spin(void)
{
	while (!crashme_zero)
		cpu_relax();
}

static int crashme_lockup_thread(void *unused)
{
	preempt_disable();
	crashme_spin();
	preempt_enable();
	return 0;
}

static int crashme_rcu_thread(void *unused)
{
	rcu_read_lock();
	preempt_disable();
	crashme_spin();
	preempt_enable();
	rcu_read_unlock();
	return 0;
}

static CRASHME_STEP void crashme_start(int (*body)(void *), const char *name)
{
	struct task_struct *task = kthread_run(body, NULL, "%s", name);

	if (IS_ERR(task))
		pr_err("crashme: no thread %s: %ld\n", name, PTR_ERR(task));
}

static CRASHME_STEP void crashme_soft_lockup(void)
{
	crashme_start(crashme_lockup_thread, "crashme_spin");
}

static struct rcu_head crashme_rcu_head;

static void crashme_rcu_done(struct rcu_head *head)
{
}

/* In an idle guest nobody else may ask for the grace period that is to stall. */
static CRASHME_STEP void crashme_rcu_stall(void)
{
	crashme_start(crashme_rcu_thread, "crashme_rcu");
	msleep(50);
	call_rcu(&crashme_rcu_head, crashme_rcu_done);
}

/* --- abba-deadlock, held-mutex, hung-task --------------------------------------------------------------------- */

static DEFINE_MUTEX(crashme_mutex_a);
static DEFINE_MUTEX(crashme_mutex_b);

static CRASHME_STEP void crashme_lock_both(struct mutex *first, struct mutex *second)
{
	mutex_lock(first);
	msleep(200);
	mutex_lock(second);
	mutex_unlock(second);
	mutex_unlock(first);
}

static int crashme_ab_thread(void *unused)
{
	crashme_lock_both(&crashme_mutex_a, &crashme_mutex_b);
	return 0;
}

static int crashme_ba_thread(void *unused)
{
	crashme_lock_both(&crashme_mutex_b, &crashme_mutex_a);
	return 0;
}

static CRASHME_STEP void crashme_abba_deadlock(void)
{
	crashme_start(crashme_ab_thread, "crashme_ab");
	crashme_start(crashme_ba_thread, "crashme_ba");
}

static CRASHME_STEP void crashme_sleep_with_mutex(void)
{
	mutex_lock(&crashme_mutex_a);
	ssleep(100000);
	mutex_unlock(&crashme_mutex_a);
}

static CRASHME_STEP void crashme_wait_for_mutex(void)
{
	msleep(200);
	mutex_lock(&crashme_mutex_a);
	mutex_unlock(&crashme_mutex_a);
}

static int crashme_holder_thread(void *unused)
{
	crashme_sleep_with_mutex();
	return 0;
}

static int crashme_waiter_thread(void *unused)
{
	crashme_wait_for_mutex();
	return 0;
}

static CRASHME_STEP void crashme_held_mutex(void)
{
	crashme_start(crashme_holder_thread, "crashme_holder");
	crashme_start(crashme_waiter_thread, "crashme_waiter");
}

/* --- timer (softirq), hrtimer (hard interrupt), ipi, nmi ------------------------------------------------------- */

static struct timer_list crashme_timer;
static struct hrtimer crashme_hrtimer;

static CRASHME_STEP void crashme_in_interrupt(void)
{
	struct crashme_object object = { .id = 46, .peer = crashme_nothing, .name = "interrupt" };

	crashme_sink += crashme_outer(&object);
}

static void crashme_timer_expired(struct timer_list *timer)
{
	crashme_in_interrupt();
	crashme_sink++;
}

static enum hrtimer_restart crashme_hrtimer_expired(struct hrtimer *timer)
{
	crashme_in_interrupt();
	return HRTIMER_NORESTART;
}

static CRASHME_STEP void crashme_arm_timer(void)
{
	timer_setup(&crashme_timer, crashme_timer_expired, 0);
	mod_timer(&crashme_timer, jiffies + HZ / 10);
}

static CRASHME_STEP void crashme_arm_hrtimer(void)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
	hrtimer_setup(&crashme_hrtimer, crashme_hrtimer_expired, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
#else
	hrtimer_init(&crashme_hrtimer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	crashme_hrtimer.function = crashme_hrtimer_expired;
#endif
	hrtimer_start(&crashme_hrtimer, ms_to_ktime(100), HRTIMER_MODE_REL_HARD);
}

static void crashme_ipi_handler(void *unused)
{
	crashme_in_interrupt();
	crashme_sink++;
}

static CRASHME_STEP void crashme_ipi(void)
{
	int other = cpumask_any_but(cpu_online_mask, get_cpu());

	smp_call_function_single(other, crashme_ipi_handler, NULL, 1);
	put_cpu();
}

static int crashme_nmi_handler(unsigned int type, struct pt_regs *regs)
{
	crashme_in_interrupt();
	return NMI_HANDLED;
}

/* The host injects the NMI once it sees this line on the console. */
static CRASHME_STEP void crashme_wait_for_nmi(void)
{
	register_nmi_handler(NMI_LOCAL, crashme_nmi_handler, 0, "crashme");
	pr_info("crashme: waiting for an NMI\n");
}

/* --- the trigger file ------------------------------------------------------------------------------------------ */

static const struct {
	const char *name;
	void (*crash)(void);
} crashme_ways[] = {
	{ "null-deref", crashme_null_deref },
	{ "null-call", crashme_null_call },
	{ "non-canonical", crashme_non_canonical },
	{ "divide-error", crashme_divide_error },
	{ "bug", crashme_bug },
	{ "warn", crashme_warn },
	{ "use-after-free", crashme_use_after_free },
	{ "list-corruption", crashme_list_corruption },
	{ "stack-overflow", crashme_stack_overflow },
	{ "soft-lockup", crashme_soft_lockup },
	{ "rcu-stall", crashme_rcu_stall },
	{ "abba-deadlock", crashme_abba_deadlock },
	{ "held-mutex", crashme_held_mutex },
	{ "timer", crashme_arm_timer },
	{ "hrtimer", crashme_arm_hrtimer },
	{ "ipi", crashme_ipi },
	{ "nmi", crashme_wait_for_nmi },
};

static ssize_t crashme_write(struct file *file, const char __user *text, size_t length, loff_t *position)
{
	char name[32];
	size_t i;

	if (length >= sizeof(name))
		return -EINVAL;
	if (copy_from_user(name, text, length))
		return -EFAULT;
	name[length] = 0;
	strim(name);
	for (i = 0; i < ARRAY_SIZE(crashme_ways); i++) {
		if (strcmp(name, crashme_ways[i].name))
			continue;
		crashme_ways[i].crash();
		return length;
	}
	return -ENOENT;
}

static const struct file_operations crashme_operations = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = crashme_write,
};

static struct dentry *crashme_directory;

static int __init crashme_init(void)
{
	crashme_cache = kmem_cache_create("crashme_object", sizeof(struct crashme_object), 0, SLAB_POISON, NULL);
	if (!crashme_cache)
		return -ENOMEM;
	crashme_directory = debugfs_create_dir("crashme", NULL);
	debugfs_create_file("trigger", 0200, crashme_directory, NULL, &crashme_operations);
	return 0;
}

module_init(crashme_init);
MODULE_DESCRIPTION("Crashes the kernel on request");
MODULE_LICENSE("Dual MIT/GPL");
