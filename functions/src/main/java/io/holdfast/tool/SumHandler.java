package io.holdfast.tool;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;

import io.holdfast.platform.Json;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;

/** A sample of a tool that is a Lambda function: {@code {"numbers":[1,2]}} → {@code {"sum":3}}. */
public final class SumHandler implements RequestStreamHandler {

    /**
     * Adds the numbers.
     *
     * @throws IllegalArgumentException if the input is anything else; its message is for the model
     */
    @Override
    public void handleRequest(InputStream input, OutputStream output, Context context)
            throws IOException {
        String text = new String(input.readAllBytes(), StandardCharsets.UTF_8);
        String answer = Json.write(Json.object().put("sum", sum(text)));
        output.write(answer.getBytes(StandardCharsets.UTF_8));
    }

    private static BigDecimal sum(String text) {
        JsonNode numbers;
        try {
            numbers = Json.read(text).path("numbers");
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("The input is not JSON", e);
        }
        if (!numbers.isArray()) {
            throw new IllegalArgumentException("The input must have an array named numbers");
        }
        BigDecimal sum = BigDecimal.ZERO;
        for (JsonNode number : numbers) {
            if (!number.isNumber()) {
                throw new IllegalArgumentException("numbers must hold numbers alone");
            }
            sum = sum.add(number.decimalValue());
        }
        return sum;
    }
}
