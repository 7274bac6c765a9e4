using System.Diagnostics;
using System.Text.Json;

namespace Vaal.Web.Tests;

/// <summary>Waits for a state of the server, however slow the machine is, and not for a while.</summary>
internal static class Until
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(3);

    /// <summary>Asks again and again.</summary>
    /// <returns>the first answer for which <paramref name="holds"/> does</returns>
    public static async Task<JsonElement> Answer(Caller who, string path, Func<JsonElement, bool> holds)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var answer = await who.Get(path);
            if (holds(answer)) return answer;
            Assert.True(clock.Elapsed < _patience, $"{path} after {_patience}: {answer}");
            await Task.Delay(50);
        }
    }

    /// <summary>The panel of a server that is not learning and has learned.</summary>
    public static Task<JsonElement> Learned(Caller who, Func<JsonElement, bool> holds) =>
        Answer(who, "/api/v1/panel", panel => !panel.GetProperty("learning").GetBoolean()
            && panel.GetProperty("learned") is { ValueKind: JsonValueKind.Object } learned && holds(learned));
}
