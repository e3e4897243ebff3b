package troupe.engine.cpu;

import java.lang.foreign.MemorySegment;
import troupe.kernels.PackedMatrix;

/** The weights of one transformer layer; norms are f32 [embedding]. */
record PackedLayer(
        MemorySegment attentionNorm,
        PackedMatrix query,
        PackedMatrix key,
        PackedMatrix value,
        PackedMatrix attentionOutput,
        MemorySegment feedForwardNorm,
        PackedMatrix gate,
        PackedMatrix up,
        PackedMatrix down) {}
