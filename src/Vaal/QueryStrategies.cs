using Vaal.Strategies;

namespace Vaal;

/// <summary>The query strategies by name. Help texts, lists and contract tests follow from this table.</summary>
public static class QueryStrategies
{
    private static readonly SortedDictionary<string, (string Description, Func<IQueryStrategy> Create)> Table = new(StringComparer.Ordinal)
    {
        ["core-set"] = ("far from all that is labelled, in the task model's features (Sener and Savarese 2018)", () => new CoreSetStrategy()),
        ["entropy"] = ("the task model holds many classes possible", () => new EntropyStrategy()),
        ["least-confidence"] = ("the task model's likeliest class is unlikely", () => new LeastConfidenceStrategy()),
        ["margin"] = ("the task model's two likeliest classes are nearly as probable", () => new MarginStrategy()),
        ["random"] = ("every image equally likely; the baseline", () => new RandomStrategy()),
        ["vaal"] = ("look least labelled to the discriminator (Sinha et al. 2019)", () => new VaalStrategy()),
    };

    /// <summary>Names, in alphabetical order.</summary>
    public static IReadOnlyCollection<string> Names => Table.Keys;

    /// <summary>One line about a strategy.</summary>
    public static string Describe(string name) => Table[name].Description;

    /// <exception cref="InputException">there is no strategy of that name; the message lists those there are</exception>
    public static IQueryStrategy Create(string name) => Table.TryGetValue(name, out var entry)
        ? entry.Create()
        : throw new InputException($"no query strategy '{name}'; there are: {string.Join(", ", Names)}");
}
