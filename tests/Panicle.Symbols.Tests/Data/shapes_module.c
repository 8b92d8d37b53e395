/* What shapes_module.btf was made from: as shapes.btf, with pahole -J --btf_base shapes.btf */
struct list_head {
    struct list_head *next;
    struct list_head *prev;
};

struct opaque {
    struct list_head list;
    int secret;
};

struct module_only {
    struct opaque *opaque;
    unsigned int id;
};

int module_function(struct module_only *only) { return only->id + only->opaque->secret; }
