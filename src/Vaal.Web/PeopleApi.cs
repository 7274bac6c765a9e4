using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Vaal.Web;

/// <summary>Where people who labelled the same images agree, and where somebody has to settle.</summary>
internal static class PeopleApi
{
    public sealed record VoteJson(string By, IReadOnlyList<string> Classes);

    public sealed record DisagreementJson(ImageJson Image, IReadOnlyList<VoteJson> Votes);

    public sealed record AgreementJson(double Estimate, double? Low, double? High);

    public sealed record ClassAgreementJson(string Name, int Images, double Agreed, AgreementJson? Alpha);

    public sealed record DisagreementsJson(IReadOnlyList<DisagreementJson> Items, int Total, int Twice,
        AgreementJson? Kappa, AgreementJson? Alpha, IReadOnlyList<ClassAgreementJson> PerClass);

    public static void Map(IEndpointRouteBuilder api, Serving serving) =>
        api.MapGet("/disagreements", (HttpContext http, int? count, int? offset) =>
            Guard.PersonIn(http) is { Owner: true } person
                ? Results.Json(Disagreements(serving, person.Name, count ?? 48, offset ?? 0))
                : Problems.Because(StatusCodes.Status403Forbidden,
                    "expected the owner, found a labeller: what others said stays hidden until it is settled"))
            .Produces<DisagreementsJson>();

    private static DisagreementsJson Disagreements(Serving serving, string who, int count, int offset) =>
        serving.Live.With((w, b) =>
        {
            var twice = b.Votes.Where(v => v.Value.Count > 1 && b.PositionOf(v.Key) >= 0).ToList();
            var open = twice.Where(v => v.Value.DistinctBy(x => x.Said).Count() > 1 && !w.IsSettled(v.Key))
                .OrderBy(v => v.Key).ToList();
            string[] people = [.. twice.SelectMany(v => v.Value).Select(v => v.Who).Distinct()
                .Order(StringComparer.Ordinal)];
            // κ is of two people
            var kappa = people.Length != 2 ? null : Agreement.Kappa([.. twice.Select(v => (
                v.Value.First(x => x.Who == people[0]).Said, v.Value.First(x => x.Who == people[1]).Said))]);
            // of several classes an image, two people say the same only where they name the same classes
            string[][] units = [.. twice.Select(v => v.Value.Select(x => x.Said).ToArray())];
            IReadOnlyList<string>[][] sets = [.. twice.Select(v => v.Value.Select(x => x.Classes).ToArray())];
            return new DisagreementsJson(
                [.. open.Skip(Math.Max(0, offset)).Take(Math.Clamp(count, 1, 200)).Select(v => new DisagreementJson(
                    serving.Image(w, b, b.PositionOf(v.Key), who),
                    [.. v.Value.Select(x => new VoteJson(x.Who, x.Classes))]))],
                open.Count, twice.Count, Of(kappa), Of(Agreement.Alpha(units)), PerClass(sets));
        });

    // one class against all others
    private static List<ClassAgreementJson> PerClass(IReadOnlyList<string>[][] units) => [.. units
        .SelectMany(u => u).SelectMany(c => c).Distinct().Order(StringComparer.Ordinal).Select(name =>
        {
            var with = units.Where(u => u.Any(c => c.Contains(name))).ToList();
            string[][] binary = [.. units.Select(u => u.Select(c => c.Contains(name) ? "yes" : "no").ToArray())];
            return new ClassAgreementJson(name, with.Count,
                (double)with.Count(u => u.All(c => c.Contains(name))) / with.Count, Of(Agreement.Alpha(binary)));
        })];

    private static AgreementJson? Of(Interval? i) => i is not { } known ? null
        : new(known.Estimate, Finite(known.Low), Finite(known.High));

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
