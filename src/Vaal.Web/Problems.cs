using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace Vaal.Web;

/// <summary>The answer to a request that cannot be done: a status and one sentence.</summary>
internal static partial class Problems
{
    /// <summary>What every refusal of the API says.</summary>
    public sealed record ErrorJson(string Error);

    public static IResult Because(int status, string sentence) => Results.Json(new ErrorJson(sentence),
        statusCode: status);

    public static IResult Mistake(string sentence) => Because(StatusCodes.Status400BadRequest, sentence);

    /// <summary>The id of an operation, which tells it from every other.</summary>
    /// <exception cref="InputException">it is none</exception>
    public static string Id(string? op) => op is { Length: > 0 and <= 64 } ? op
        : throw new InputException($"expected an operation id of 1 to 64 characters, found {op?.Length ?? 0}");

    public static IResult NotFound(string sentence) => Because(StatusCodes.Status404NotFound, sentence);

    /// <summary>The outer edge of a request: the user's mistakes in one sentence, ours without a detail.</summary>
    public static Task Explain(HttpContext http)
    {
        var error = http.Features.Get<IExceptionHandlerFeature>()?.Error;
        var (status, sentence) = error switch
        {
            InputException => (StatusCodes.Status400BadRequest, error.Message),
            BadHttpRequestException { StatusCode: StatusCodes.Status400BadRequest } bad => (bad.StatusCode, Why(bad)),
            BadHttpRequestException bad => (bad.StatusCode, OfStatus(http, bad.StatusCode)),
            // a request that came while the server ended
            ObjectDisposedException { ObjectName: nameof(IServiceProvider) } =>
                (StatusCodes.Status503ServiceUnavailable, "the server ends"),
            _ => (StatusCodes.Status500InternalServerError, "this is a fault in vaal; the terminal has the details"),
        };
        if (status == StatusCodes.Status500InternalServerError) Console.Error.WriteLine($"vaal: {error}");
        Guard.Protect(http.Response.Headers);                                        // an error has taken them away
        return Because(status, sentence).ExecuteAsync(http);
    }

    /// <summary>The sentence of an answer that would have none.</summary>
    public static Task Fill(StatusCodeContext told)
    {
        var http = told.HttpContext;
        return Because(http.Response.StatusCode, OfStatus(http, http.Response.StatusCode)).ExecuteAsync(http);
    }

    private static string OfStatus(HttpContext http, int status) => status switch
    {
        StatusCodes.Status404NotFound => "there is no such page",
        StatusCodes.Status405MethodNotAllowed =>
            $"expected {(http.Response.Headers.Allow is { Count: > 0 } allow ? allow.ToString() : "another method")}, "
                + $"found {http.Request.Method}",
        StatusCodes.Status408RequestTimeout => "the request did not come whole in time; send it again",
        StatusCodes.Status413PayloadTooLarge => "expected a request of at most 16 MiB, found a larger one; split it",
        StatusCodes.Status415UnsupportedMediaType => "expected the content type application/json, found "
            + (http.Request.ContentType is { Length: > 0 } type ? type : "none"),
        _ => "expected a request as /openapi.json describes it, found another",
    };

    // the server's own sentence names the parameter, but in words of its program
    private static string Why(BadHttpRequestException bad)
    {
        const string Described = "as /openapi.json describes it";
        if (bad.InnerException is JsonException json)
            return $"expected JSON {Described}, found something else at {json.Path ?? "$"}";
        if (Parameter().Match(bad.Message) is not { Success: true } named)
            return $"expected a request {Described}, found another";
        var name = named.Groups[1].Value;
        if (Value().Match(bad.Message) is { Success: true } found)
            return $"expected {name} {Described}, found '{found.Groups[1].Value}'";
        return bad.Message.Contains("body", StringComparison.Ordinal)
            ? $"expected a body of JSON {Described}, found none"
            : $"expected {name}, found none; /openapi.json describes it";
    }

    [GeneratedRegex(@"parameter ""(?:[^""]* )?(\w+)""")]
    private static partial Regex Parameter();

    [GeneratedRegex(@"from ""(.*)""\.?$", RegexOptions.Singleline)]
    private static partial Regex Value();
}
