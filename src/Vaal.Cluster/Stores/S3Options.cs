namespace Vaal.Cluster.Stores;

/// <summary>
/// How a server of S3's protocol is reached. Keys come from the environment, as for every tool of S3.
/// </summary>
internal sealed record S3Options
{
    /// <summary>Address of a server that is not Amazon's.</summary>
    public string? Endpoint { get; init; }

    /// <summary>Tries of a request that a server does not answer or refuses for now.</summary>
    public int Tries { get; init; } = 5;

    /// <summary>After the first try; doubles with each.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>For one answer.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <param name="endpoint">null: Amazon's</param>
    public static S3Options At(string? endpoint) => new() { Endpoint = endpoint };
}

/// <summary><c>s3://bucket/key</c>.</summary>
internal sealed record S3Address(string Bucket, string Key)
{
    private const string Scheme = "s3://";

    public static bool Recognises(string address) => address.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase);

    /// <exception cref="InputException">it names no bucket</exception>
    public static S3Address Parse(string address)
    {
        var rest = address[Scheme.Length..];
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        var (bucket, key) = slash < 0 ? (rest, "") : (rest[..slash], rest[(slash + 1)..]);
        return bucket.Length > 0 ? new(bucket, key)
            : throw new InputException($"expected s3://bucket/prefix, found '{address}'");
    }

    public override string ToString() => $"{Scheme}{Bucket}/{Key}";
}
