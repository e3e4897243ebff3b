/**
 * The OpenAI-compatible HTTP gateway and its metrics. Parsing ({@code *Parser}, {@link troupe.http.Fields}) and rendering
 * ({@code *Format}) are plain; {@link troupe.http.HttpGateway} serves them.
 */
@NullMarked
package troupe.http;

import org.jspecify.annotations.NullMarked;
