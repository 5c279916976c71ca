package io.holdfast.tool;

import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.Json;

/** Calculates one expression; see {@link Arithmetic}. */
public final class CalculatorTool implements BuiltinTool {

    @Override
    public String name() {
        return "calculator";
    }

    @Override
    public String description() {
        return "Calculates an arithmetic expression with 34 digits. Operators: + - * / ^ and %"
                + " (remainder), parentheses. Functions: sqrt, abs, round(x) or round(x, digits),"
                + " floor, ceil, min, max, ln, log10, sin, cos, tan (radians). Constants: pi, e.";
    }

    @Override
    public ObjectNode input() {
        return new InputSchema()
                .field("expression", "string", "for example (1 + 2) * sqrt(16)")
                .requires("expression");
    }

    @Override
    public ToolResult run(
            ToolCall call, ObjectNode settings, Services services, Progress progress) {
        return switch (Arithmetic.calculate(call.input().path("expression").asText())) {
            case Arithmetic.Answer.Value(var value) -> {
                ObjectNode output = Json.object();
                output.set("result", DecimalNode.valueOf(value));
                yield new ToolResult.Success(output);
            }
            case Arithmetic.Answer.Wrong(String message) -> new ToolResult.Failure(message);
        };
    }
}
