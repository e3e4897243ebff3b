/** CPU kernels in C behind a C ABI, their scalar oracle and Vector API twin, and the Java facade that loads them. */
@NullMarked
package troupe.kernels;

import org.jspecify.annotations.NullMarked;
