/* Causal attention over a paged cache, split by split. One row's vectors that share a head stream through the cache as
 * it is (decode); the vectors of many rows share keys and values that became floats once (prefill). */
#include "attention_buffers.h"

#include "attention_softmax.h"

#include "attention_decode.h"

#include "attention_prefill.h"

/* Fills the results of the vectors from first_active on. next: the keys, in the block with id 0, of the head that is
 * read after the last split, or NULL. */
TEMPLATE void typed_split(const kv_head *head, const attention_scratch *s, int type, int streams, const char *next,
                          int64_t split, int64_t first_active, attention_results to) {
    int64_t first_block = split * SPLIT_BLOCKS;
    int64_t visible = s->visible[s->count - 1] - split * ATTENTION_SPLIT;
    int64_t keys = least(ATTENTION_SPLIT, visible);
    int64_t following = visible - keys;
    if (type == KV_Q8) {
        load_scales(head, head->keys, first_block, blocks_of(keys), s->key_scales);
        load_scales(head, head->values, first_block, blocks_of(keys), s->value_scales);
    }
    if (streams) {
        kv_stream stream = {head, first_block, blocks_of(keys), keys, head->keys, first_block + SPLIT_BLOCKS,
                            blocks_of(following)};
        if (following == 0 && next != NULL) {
            stream.next = next;
            stream.next_first = 0;
            stream.next_blocks = first_block + blocks_of(keys);
        }
        stream_split(&stream, s, type, to);
    } else {
        tile_split(head, s, type, split, first_active, keys, following, to);
    }
}

static void attend_split(const kv_head *head, const attention_scratch *s, int32_t type, int streams,
                         const char *next, int64_t split, int64_t first_active, attention_results to) {
    switch (type) {
    case KV_F16: typed_split(head, s, KV_F16, streams, next, split, first_active, to); break;
    case KV_F32: typed_split(head, s, KV_F32, streams, next, split, first_active, to); break;
    default: typed_split(head, s, KV_Q8, streams, next, split, first_active, to); break;
    }
}

TEMPLATE int row_streams(int64_t head_dim, int64_t rows, int64_t shared_heads) {
    return rows == 1 && shared_heads <= STREAM_QUERIES && head_dim % 16 == 0;
}

/* Rows of one sequence, for the query heads that share a key-value head; next as in attend_split. */
static void attend_head(const kv_head *head, attention_scratch *s, int32_t type, const char *next,
                        const float *queries, int64_t heads, int64_t first_row, int64_t rows, int64_t first_position,
                        int64_t first_head, int64_t shared_heads, float scale, float *out) {
    int streams = row_streams(head->head_dim, rows, shared_heads);
    int64_t at[ATTENTION_VECTORS];
    for (int64_t first = 0; first < rows * shared_heads; first += ATTENTION_VECTORS) {
        int64_t count = least(ATTENTION_VECTORS, rows * shared_heads - first);
        load_vectors(s, queries, head->head_dim, heads, first_row, first_position, first_head, shared_heads, first,
                     count, scale, at);
        attend_split(head, s, type, streams, next, 0, 0, s->merged);
        int64_t active = 0;
        for (int64_t split = 1; split * ATTENTION_SPLIT < s->visible[count - 1]; split++) {
            while (s->visible[active] <= split * ATTENTION_SPLIT) {
                active++;
            }
            attend_split(head, s, type, streams, next, split, active, s->split);
            merge_split(active, count, head->stride, s->split, s->merged);
        }
        for (int64_t q = 0; q < count; q++) {
            write_output(s->merged.outputs + q * head->stride, s->merged.sums[q], head->head_dim, out + at[q]);
        }
    }
}

void KERNEL(attention)(int32_t type, int64_t block_bytes, int64_t key_offset, int64_t value_offset, int64_t head_dim,
                       const void *cache, const int32_t *block_table, const float *queries, int64_t heads,
                       int64_t first_row, int64_t rows, int64_t first_position, int64_t from_kv_head,
                       int64_t to_kv_head, int64_t shared_heads, float scale, float *out, void *scratch) {
    const int64_t head_bytes = kv_head_bytes(type, head_dim);
    for (int64_t kv = from_kv_head; kv < to_kv_head; kv++) {
        kv_head head = head_of(block_bytes, key_offset + kv * head_bytes, value_offset + kv * head_bytes, head_dim,
                               cache, block_table);
        attention_scratch s = scratch_of(scratch, head.stride);
        attend_head(&head, &s, type, kv + 1 < to_kv_head ? head.keys + head_bytes : NULL, queries, heads, first_row,
                    rows, first_position, kv * shared_heads, shared_heads, scale, out);
    }
}

/* A split's results where they wait for their merge: greatest [vector], sums [vector], outputs [vector][stride]. */
TEMPLATE attention_results results_at(float *splits, int64_t split, int64_t vectors, int64_t stride) {
    float *greatest = splits + split * vectors * (2 + stride);
    return (attention_results){greatest, greatest + vectors, greatest + 2 * vectors};
}

void KERNEL(attention_splits)(int32_t type, int64_t block_bytes, int64_t key_offset, int64_t value_offset,
                              int64_t head_dim, const void *cache, const int32_t *block_table, const float *queries,
                              int64_t heads, int64_t row, int64_t position, int64_t first_head, int64_t shared_heads,
                              float scale, int64_t from_split, int64_t to_split, float *splits, void *scratch) {
    kv_head head = head_of(block_bytes, key_offset, value_offset, head_dim, cache, block_table);
    attention_scratch s = scratch_of(scratch, head.stride);
    int streams = row_streams(head_dim, 1, shared_heads);
    int64_t at[ATTENTION_VECTORS];
    for (int64_t first = 0; first < shared_heads; first += ATTENTION_VECTORS) {
        int64_t count = least(ATTENTION_VECTORS, shared_heads - first);
        load_vectors(&s, queries, head_dim, heads, row, position, first_head, shared_heads, first, count, scale, at);
        for (int64_t split = from_split; split < to_split; split++) {
            attention_results to = results_at(splits, split, shared_heads, head.stride);
            attend_split(&head, &s, type, streams, NULL, split, 0, s.split);
            memcpy(to.greatest + first, s.split.greatest, (size_t)count * sizeof(float));
            memcpy(to.sums + first, s.split.sums, (size_t)count * sizeof(float));
            memcpy(to.outputs + first * head.stride, s.split.outputs, (size_t)(count * head.stride) * sizeof(float));
        }
    }
}

void KERNEL(merge_splits)(int64_t head_dim, int64_t heads, int64_t row, int64_t first_head, int64_t shared_heads,
                          int64_t split_count, float *splits, float *out) {
    int64_t stride = rounded_up(head_dim, 16);
    attention_results merged = results_at(splits, 0, shared_heads, stride);
    for (int64_t split = 1; split < split_count; split++) {
        merge_split(0, shared_heads, stride, results_at(splits, split, shared_heads, stride), merged);
    }
    for (int64_t q = 0; q < shared_heads; q++) {
        write_output(merged.outputs + q * stride, merged.sums[q], head_dim,
                     out + (row * heads + first_head + q) * head_dim);
    }
}
