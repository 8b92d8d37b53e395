/* What shapes.btf was made from: gcc -g -c shapes.c && pahole -J --btf_gen_floats shapes.o && objcopy -O binary --only-section=.BTF shapes.o shapes.btf */
typedef unsigned int u32;
typedef unsigned long long u64;
typedef _Bool bool;
typedef struct { int counter; } atomic_t;

struct list_head {
    struct list_head *next;
    struct list_head *prev;
};

enum color { RED, GREEN = 5, BLUE };
enum signs { BELOW = -3, ABOVE = 4 };
enum wide { HUGE_VALUE = 0x123456789abcdefULL, SMALL = 1 };

struct opaque;

union word {
    u32 whole;
    unsigned char bytes[4];
};

struct operations {
    int (*open)(struct list_head *, const char *, ...);
    void (*close)(void);
    const char *const *names;
    volatile int state;
};

struct shapes {
    struct list_head list;
    u32 flags : 3;
    u32 mode : 5;
    int sign : 2;
    union {
        struct {
            u64 first;
            union word second;
        };
        char text[16];
    };
    atomic_t count;
    enum color color;
    struct list_head buckets[4];
    struct {
        short a;
        long b;
    } named[2];
    const struct operations *ops;
    struct opaque *hidden;
    bool yes;
    double real;
    int grid[2][3];
    char tail[];
};

struct shapes *the_shapes;
enum signs the_signs;
enum wide the_wide;

int shapes_open(struct shapes *shapes, u32 how) { return shapes->flags + how; }
