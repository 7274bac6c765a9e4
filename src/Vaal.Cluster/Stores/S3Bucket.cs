using System.Net;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace Vaal.Cluster.Stores;

/// <summary>
/// The requests that are made of S3, each tried again while the server is slow or busy. What stays so after the last
/// try is an <see cref="IOException"/>. What the bucket refuses is a <see cref="BucketException"/>. Of the object alone
/// are two things: that it is not there, and that it is too large, an <see cref="InputException"/>.
/// </summary>
internal sealed class S3Bucket : IDisposable
{
    /// <summary>Named to servers that are not Amazon's, which have one.</summary>
    private const string Region = "us-east-1";

    private const string Denied = "; also the answer for what is not there, if the keys may not list the bucket";

    private readonly AmazonS3Client _client;
    private readonly S3Options _options;

    public S3Bucket(string bucket, S3Options options)
    {
        (Name, _options) = (bucket, options);
        var config = new AmazonS3Config
        {
            Timeout = options.Patience,
            MaxErrorRetry = 0,                                                       // tried again here
            ForcePathStyle = options.Endpoint is not null,
        };
        if (options.Endpoint is { } endpoint)
        {
            config.ServiceURL = endpoint;
            config.AuthenticationRegion = Region;
        }
        else config.RegionEndpoint = FallbackRegionFactory.GetRegionEndpoint() ?? RegionEndpoint.USEast1;
        _client = new(config);
    }

    public string Name { get; }

    /// <returns>false: there is an object of that name</returns>
    public bool PutOnce(string key, byte[] bytes) => Try(key, () =>
    {
        try
        {
            using var content = new MemoryStream(bytes, writable: false);
            _ = Wait(_client.PutObjectAsync(new PutObjectRequest
            {
                BucketName = Name,
                Key = key,
                InputStream = content,
                IfNoneMatch = "*",
                UseChunkEncoding = false,
                AutoCloseStream = false,
            }));
            return true;
        }
        catch (AmazonS3Exception e) when (e.StatusCode is HttpStatusCode.PreconditionFailed)
        {
            return false;
        }
    });

    /// <summary>
    /// An object, or part of it: fewer bytes than asked for where the object ends before. Null: there is none.
    /// </summary>
    public byte[]? Get(string key, (long Offset, int Length)? part = null, long most = long.MaxValue) => Try(key, () =>
    {
        try
        {
            var request = new GetObjectRequest { BucketName = Name, Key = key };
            if (part is { } p) request.ByteRange = new ByteRange(p.Offset, p.Offset + p.Length - 1);
            using var response = Wait(_client.GetObjectAsync(request));
            if (response.ContentLength > most)
                throw new InputException($"it has {response.ContentLength:N0} bytes; the limit is {most:N0}");
            using var bytes = new MemoryStream((int)Math.Min(response.ContentLength, int.MaxValue));
            response.ResponseStream.CopyTo(bytes);
            return bytes.ToArray();
        }
        catch (AmazonS3Exception e) when (e.ErrorCode is "NoSuchKey"
            || e.StatusCode == HttpStatusCode.NotFound && e.ErrorCode is not "NoSuchBucket")
        {
            return null;
        }
        catch (AmazonS3Exception e) when (e.StatusCode is HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            return Array.Empty<byte>();
        }
    });

    /// <summary>An object as it comes, without keeping it in memory.</summary>
    public Stream OpenRead(string key) => Try(key, () =>
        Wait(_client.GetObjectAsync(new GetObjectRequest { BucketName = Name, Key = key })).ResponseStream);

    /// <summary>Objects whose name begins so, in ordinal order, page by page.</summary>
    public IEnumerable<(string Key, long Length, DateTime Modified)> List(string prefix)
    {
        string? token = null;
        do
        {
            var page = Try(prefix, () => Wait(_client.ListObjectsV2Async(
                new ListObjectsV2Request { BucketName = Name, Prefix = prefix, ContinuationToken = token })));
            foreach (var found in page.S3Objects ?? [])
                yield return (found.Key, found.Size ?? 0, found.LastModified ?? DateTime.UnixEpoch);
            token = page.IsTruncated == true ? page.NextContinuationToken : null;
        }
        while (token is not null);
    }

    public void Delete(string key) => Try(key, () => Wait(_client.DeleteObjectAsync(Name, key)));

    public void Dispose() => _client.Dispose();

    private static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();

    private T Try<T>(string key, Func<T> request)
    {
        for (var (tries, pause) = (1, _options.Pause); ; tries++, pause *= 2)
        {
            try
            {
                return request();
            }
            catch (AmazonS3Exception e) when (e.ErrorCode is "NoSuchBucket")
            {
                throw new BucketException(
                    $"expected a bucket '{Name}', found none; check its name and the endpoint", e);
            }
            catch (Exception e) when (IsPassing(e))
            {
                if (tries >= _options.Tries)
                    throw new IOException($"s3://{Name}/{key}: no answer after {tries} tries ({e.Message})", e);
                Thread.Sleep(pause);
            }
            catch (AmazonServiceException e) when (IsOfThisMachine(e))
            {
                // names no object, so that a worker says it once
                throw new BucketException($"s3://{Name} refuses {Environment.MachineName}: {e.Message} "
                    + $"({(int)e.StatusCode} {e.ErrorCode})", e, ofThisMachine: true);
            }
            catch (AmazonServiceException e)
            {
                throw new BucketException($"s3://{Name}/{key}: {e.Message} ({(int)e.StatusCode} {e.ErrorCode}"
                    + $"{(e.ErrorCode is "AccessDenied" ? Denied : "")})", e);
            }
            catch (AmazonClientException e)
            {
                // no keys were found, or what came is not what was sent
                throw new BucketException($"s3://{Name}: {e.Message}", e, ofThisMachine: true);
            }
        }
    }

    private static bool IsPassing(Exception e) => e switch
    {
        AmazonServiceException { StatusCode: 0 } => true,
        AmazonServiceException s => (int)s.StatusCode >= 500 || (int)s.StatusCode is 408 or 429
            || s.ErrorCode is "RequestTimeout",
        HttpRequestException or IOException or TaskCanceledException or TimeoutException => true,
        _ => false,
    };

    // of its keys, its token, its clock or its region
    private static bool IsOfThisMachine(AmazonServiceException e) => e.StatusCode is HttpStatusCode.Unauthorized
        || e.ErrorCode is "ExpiredToken" or "InvalidToken" or "TokenRefreshRequired" or "InvalidAccessKeyId"
            or "SignatureDoesNotMatch" or "RequestTimeTooSkewed" or "RequestExpired" or "InvalidSecurity"
            or "MissingSecurityHeader" or "AuthorizationHeaderMalformed";
}
