/** Chat templates: a strict, bounded interpreter of the Jinja that published templates use, byte for byte as Python renders it. */
@NullMarked
package troupe.engine.template;

import org.jspecify.annotations.NullMarked;
