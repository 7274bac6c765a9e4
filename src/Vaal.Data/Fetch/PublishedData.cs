namespace Vaal.Data.Fetch;

/// <summary>The data sets that Vaal knows by name: fetched from their publishers and verified by checksums.</summary>
public static class PublishedData
{
    /// <summary>Names, in the order of <see cref="In"/>.</summary>
    public static IEnumerable<string> Names => DataSources.All.Keys;

    /// <summary>Every data set, and what of it is in a folder.</summary>
    /// <param name="root">folder of data sets; null: in the user's cache folder</param>
    public static IReadOnlyList<PublishedSet> In(string? root = null)
    {
        var store = new DataStore(root);
        return [.. DataSources.All.Values.Select(source => Of(store, source))];
    }

    /// <summary>Downloads, verifies and unpacks one; the same call continues a stopped one.</summary>
    /// <param name="from">address of a folder on another server with the same files; null: the publisher's</param>
    /// <returns>the set, and whether it was fetched now; false: it was there already, and whole</returns>
    /// <exception cref="InputException">there is no such set, or it cannot be fetched</exception>
    public static (PublishedSet Set, bool Fetched) Fetch(string name, string? root = null, string? from = null,
        Action<TrainEvent>? report = null, CancellationToken cancel = default)
    {
        var (store, source) = (new DataStore(root), DataSources.Named(name));
        var fetched = store.Fetch(source, new FetchOptions { From = from, Report = report, Cancel = cancel });
        return (Of(store, source), fetched);
    }

    /// <summary>Verifies every file of one.</summary>
    /// <returns>what is missing or damaged; empty: every file is as it was published</returns>
    /// <exception cref="InputException">there is no such set</exception>
    public static IReadOnlyList<string> Check(
        string name, string? root = null, Action<TrainEvent>? report = null, CancellationToken cancel = default) =>
        new DataStore(root).Check(DataSources.Named(name), report, cancel);

    private static PublishedSet Of(DataStore store, DataSource source) => new(source.Name, source.Images, source.Bytes,
        source.Terms, store.Folder(source), store.Holds(source), store.Partly(source), source.Instead);
}
