/* Products of a quantized matrix with many tokens by vectors: a panel, some blocks of the groups side by side, is
 * unpacked into the L1 cache once for all tiles of a chunk of tokens. */

#define MANY_FROM 32                   /* tokens; fewer wait for memory, which is best read in one straight line */
#define PANEL_BLOCKS (40 / GROUP_TILE) /* of each group: 20 KB of integers, and the default model's rows in one */
#define CHUNK_TOKENS 256               /* that pass by a panel, at most */
#define NEAR_BYTES (512 << 10)         /* of their activations that stay in L2 from group to group */
#define GROUPS_TOGETHER 8              /* that take the same columns of more activations than that, then the next ones */

/* Some blocks of the groups side by side. */
typedef struct {
    uint8_t integers[PANEL_BLOCKS][GROUP_TILE][QUANTIZED_BLOCK * GROUP_ROWS] __attribute__((aligned(64)));
    float scales[PANEL_BLOCKS][GROUP_TILE][GROUP_ROWS];
    float minimums[PANEL_BLOCKS][GROUP_TILE][GROUP_ROWS];
    float part_scales[PANEL_BLOCKS][GROUP_TILE][2][GROUP_ROWS];
} weight_panel;

/* What the sums of a block begin with, [half][token] where halves have scales of their own. The sixteen more keep the
 * same token of all blocks out of the same sets of the L1 cache. */
typedef int32_t block_starts[2][CHUNK_TOKENS + 16];

/* The sums so far of the groups side by side, [token of the chunk], where they wait for the next panel. */
typedef float panel_chains[CHUNK_TOKENS][GROUP_TILE][GROUP_ROWS] __attribute__((aligned(64)));

/* The product of a panel with a chunk of tokens. */
typedef struct {
    const activation_planes *planes;
    const matmul_output *output;
    int64_t first;  /* token of the chunk */
    int64_t end;    /* of its tokens */
    int64_t from;   /* the panel's first block */
    int64_t blocks; /* of the panel */
    int64_t group;  /* the first of those side by side */
    weight_panel panel;
    block_starts starts[PANEL_BLOCKS];
} panel_product;

/* The panel's blocks of group g, at `packed`. */
TEMPLATE void unpack_group(int type, const uint8_t *packed, int g, panel_product *product) {
    const int header = header_bytes(type);
    const int integers = integers_bytes(type);
    const int together = super_blocks(type) ? 8 : 1;
    weight_panel *panel = &product->panel;
    for (int64_t block = 0; block < product->blocks; packed += header + together * integers) {
        six_bit_scales six_bits;
        for (int i = 0; i < together; i++, block++) {
            const uint8_t *at = packed + header + i * integers;
            prefetch_block(type, packed, i, at);
            block_scales scales = packed_scales(type, packed, i, &six_bits);
            v16_store(panel->scales[block][g], scales.scale);
            if (has_minimums(type)) {
                v16_store(panel->minimums[block][g], scales.minimum);
            }
            if (parts(type) == 2) {
                v16_store(panel->part_scales[block][g][0], scales.parts[0]);
                v16_store(panel->part_scales[block][g][1], scales.parts[1]);
            }
            unpack_block(type, at, panel->integers[block][g]);
        }
    }
}

TEMPLATE block_scales panel_scales(int type, const weight_panel *panel, int64_t block, int g) {
    block_scales scales;
    scales.scale = v16_load(panel->scales[block][g]);
    if (has_minimums(type)) {
        scales.minimum = v16_load(panel->minimums[block][g]);
    }
    return scales;
}

/* Sums begin with what the weights' offset takes from them: as broadcasts they cost no arithmetic. */
TEMPLATE void start_sums(int type, panel_product *product) {
    const int offset = unsigned_offset(type);
    if (offset == 0) {
        return;
    }
    for (int64_t block = 0; block < product->blocks; block++) {
        activation_planes x = planes_at(product->planes, product->first, product->from + block);
        for (int64_t t = 0; t < product->end - product->first; t++) {
            int64_t at = t * x.token_stride;
            if (parts(type) == 1) {
                product->starts[block][0][t] = -offset * x.sums[at];
            } else {
                product->starts[block][0][t] = -offset * x.lower_sums[at];
                product->starts[block][1][t] = -offset * (x.sums[at] - x.lower_sums[at]);
            }
        }
    }
}

/* sums[g * tokens + t]: those of a block of all groups, those of halves times their scales (exact: below 2^24). x is at
 * the block and at the chunk's token `start`. */
TEMPLATE void panel_sums(int type, const panel_product *product, int64_t block, int64_t start,
                         const activation_planes *x, int tokens, v16 *sums) {
    const weight_panel *panel = &product->panel;
    const uint8_t *integers = panel->integers[block][0];
    const int32_t *lower_starts = product->starts[block][0] + start;
    const int32_t *upper_starts = product->starts[block][1] + start;
    if (parts(type) == 1) {
        unpacked_dots(type, integers, 0, 2, lower_starts, x, tokens, sums);
        return;
    }
    v16 upper[TILE_DOTS];
    unpacked_dots(type, integers, 0, 1, lower_starts, x, tokens, sums);
    UNROLL for (int i = 0; i < GROUP_TILE * tokens; i++) {
        sums[i] = v16_mul(v16_load(panel->part_scales[block][i / tokens][0]), sums[i]);
    }
    unpacked_dots(type, integers, 1, 2, upper_starts, x, tokens, upper);
    UNROLL for (int i = 0; i < GROUP_TILE * tokens; i++) {
        sums[i] = v16_fma(v16_load(panel->part_scales[block][i / tokens][1]), upper[i], sums[i]);
    }
}

/* Continues the chains of a tile by the panel, and stores them in the output after the last one. */
TEMPLATE void panel_tile(int type, const panel_product *product, int64_t token, int tokens, panel_chains chains) {
    int64_t start = token - product->first;
    float(*chain)[GROUP_TILE][GROUP_ROWS] = chains + start;
    v16 dots[TILE_DOTS];
    UNROLL for (int i = 0; i < GROUP_TILE * tokens; i++) {
        dots[i] = product->from == 0 ? v16_zero() : v16_load(chain[i % tokens][i / tokens]);
    }
    activation_planes x = planes_at(product->planes, token, product->from);
    for (int64_t block = 0; block < product->blocks; block++) {
        v16 sums[TILE_DOTS];
        panel_sums(type, product, block, start, &x, tokens, sums);
        UNROLL for (int g = 0; g < GROUP_TILE; g++) {
            block_scales scales = panel_scales(type, &product->panel, block, g);
            add_scaled(type, &scales, sums + g * tokens, &x, tokens, dots + g * tokens);
        }
        x.values += QUANTIZED_BLOCK;
        x.scales += x.block_stride;
        x.scaled_sums += x.block_stride;
    }
    if (product->from + product->blocks < product->planes->blocks) {
        UNROLL for (int i = 0; i < GROUP_TILE * tokens; i++) {
            v16_store(chain[i % tokens][i / tokens], dots[i]);
        }
        return;
    }
    UNROLL for (int g = 0; g < GROUP_TILE; g++) {
        store_tile(product->output, product->group + g, token, tokens, dots + g * tokens);
    }
}

TEMPLATE void panel_tiles(int type, const panel_product *product, panel_chains chains) {
    const int most = parts(type) == 2 ? HALVES_TILE_TOKENS : GROUP_TILE_TOKENS;
    for (int64_t token = product->first, count; token < product->end; token += count) {
        count = even_part(product->end - token, most);
#define TILE(count)                                                                                                    \
    case count:                                                                                                        \
        if (count <= most) {                                                                                           \
            panel_tile(type, product, token, count, chains);                                                           \
        }                                                                                                              \
        break
        switch (count) {
            TILE(1);
            TILE(2);
            TILE(3);
            TILE(4);
#if GROUP_TILE_TOKENS > 4
            TILE(5);
            TILE(6);
#endif
        default: break;
        }
#undef TILE
    }
}

/* How many of the blocks that are left are the next panel: whole super-blocks. */
TEMPLATE int64_t panel_blocks(int type, int64_t left) {
    return super_blocks(type) ? least(left, PANEL_BLOCKS / 8 * 8) : even_part(left, PANEL_BLOCKS);
}

/* The panel of groups group..group+GROUP_TILE, whose weights are at `weights`. */
TEMPLATE void multiply_panel(int type, const uint8_t *weights, int64_t group, panel_product *product,
                             panel_chains chains) {
    int64_t from_byte = packed_group_bytes(type, product->from * QUANTIZED_BLOCK);
    int64_t group_bytes = packed_group_bytes(type, product->planes->columns);
    product->group = group;
    for (int g = 0; g < GROUP_TILE; g++) {
        unpack_group(type, weights + (group + g) * group_bytes + from_byte, g, product);
    }
    panel_tiles(type, product, chains);
}

/* Groups from_group..to_group for the product's chunk: those of a tile by all columns where the activations stay near,
 * else several by the same columns before the next ones. */
TEMPLATE void multiply_chunk(int type, const uint8_t *weights, panel_product *product, int64_t from_group,
                             int64_t to_group) {
    panel_chains chains[GROUPS_TOGETHER / GROUP_TILE];
    const activation_planes *planes = product->planes;
    int64_t activations = (product->end - product->first) * planes->columns;
    const int64_t together = activations > NEAR_BYTES ? GROUPS_TOGETHER : GROUP_TILE;
    for (int64_t first = from_group; first < to_group; first += together) {
        int64_t end = least(first + together, to_group);
        for (product->from = 0; product->from < planes->blocks; product->from += product->blocks) {
            product->blocks = panel_blocks(type, planes->blocks - product->from);
            start_sums(type, product);
            for (int64_t group = first; group < end; group += GROUP_TILE) {
                multiply_panel(type, weights, group, product, chains[(group - first) / GROUP_TILE]);
            }
        }
    }
}

/* Returns the first group that is left, since it has no neighbours. */
TEMPLATE int64_t many_of(int type, const uint8_t *weights, const activation_planes *planes, int64_t tokens,
                         int64_t from_group, int64_t to_group, const matmul_output *output) {
    panel_product product;
    product.planes = planes;
    product.output = output;
    int64_t to = from_group + (to_group - from_group) / GROUP_TILE * GROUP_TILE;
    for (product.first = 0; product.first < tokens; product.first = product.end) {
        product.end = product.first + even_part(tokens - product.first, CHUNK_TOKENS);
        multiply_chunk(type, weights, &product, from_group, to);
    }
    return to;
}
