namespace Vaal.Cluster.Stores;

/// <summary>Objects below a prefix of a bucket, each written once with <c>If-None-Match: *</c>.</summary>
internal sealed class S3Store(S3Address address, S3Options options) : OutputStore
{
    private readonly S3Bucket _bucket = new(address.Bucket, options);
    private readonly string _prefix = address.Key.Length == 0 ? "" : address.Key.TrimEnd('/') + "/";

    public override string Address => address.ToString().TrimEnd('/');

    public override bool WriteOnce(string name, byte[] bytes) => _bucket.PutOnce(_prefix + name, bytes);

    public override byte[]? Read(string name) => _bucket.Get(_prefix + name);

    public override byte[] Read(string name, long offset, int length) =>
        _bucket.Get(_prefix + name, (offset, length)) is { } bytes && bytes.Length == length ? bytes
            : throw new InputException($"{Address}/{name} is shorter than it should be; delete it");

    public override bool Exists(string name) => _bucket.List(_prefix + name).Any(o => o.Key == _prefix + name);

    public override IReadOnlyList<string> List(string folder)
    {
        var prefix = folder.Length == 0 ? _prefix : $"{_prefix}{folder}/";
        return [.. _bucket.List(prefix).Select(o => o.Key[prefix.Length..])
            .Where(n => n.Length > 0 && !n.Contains('/'))];
    }

    public override void Delete(string name) => _bucket.Delete(_prefix + name);

    protected override IEnumerable<string> Entries() => _bucket.List(_prefix)
        .Select(o => o.Key[_prefix.Length..].Split('/')[0]).Where(n => n.Length > 0);
}
